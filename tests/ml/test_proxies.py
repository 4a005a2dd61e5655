import numpy as np
import pytest

from ml.proxies import ALL_FEATURES, FOLDS, audit_attribute, audit_proxies, group_by_family, measure_auc

N = 400
MIN_OFFICERS = 30
FAMILIES = {ALL_FEATURES: [0, 1, 2, 3], "telling": [0, 1], "silent": [2, 3]}


@pytest.fixture
def groups():
    """Two large groups, one too small to report, and officers of whom nothing is known."""
    return np.array((["a"] * 6 + ["b"] * 3 + [None]) * (N // 10), dtype=object)


@pytest.fixture
def values(groups):
    """The first family holds a noisy copy of membership, and nulls; the second knows nothing of it."""
    rng = np.random.default_rng(5)
    values = rng.normal(size=(N, 4)).astype(np.float32)
    values[:, 0] += 3 * (groups == "b")
    values[rng.random(N) < 0.1, 1] = np.nan
    values[:, 3] = np.nan
    return values


def audit(values, groups):
    return {(name, family): rest for name, family, *rest in audit_attribute(values, FAMILIES, groups, MIN_OFFICERS)}


def test_a_proxy_is_seen_in_its_family_and_in_no_other(values, groups):
    rows = audit(values, groups)
    assert set(rows) == {("b", family) for family in FAMILIES}  # of two groups only the smaller
    n_features, n_officers, n_in_group, auc, low, high = rows["b", "telling"]
    assert (n_features, n_officers, n_in_group) == (2, N * 9 // 10, N * 3 // 10)
    assert 0.93 < low < auc < high <= 1
    assert rows["b", ALL_FEATURES][3] > 0.93
    _, _, _, _, low, high = rows["b", "silent"]
    assert low < 0.5 < high


def test_what_is_told_is_told_out_of_sample(groups):
    """More columns than officers fit anything; nobody whom the model has seen is judged by it."""
    noise = np.random.default_rng(8).normal(size=(N, 2 * N)).astype(np.float32)
    [(*_, auc, low, high)] = audit_attribute(noise, {ALL_FEATURES: list(range(2 * N))}, groups, MIN_OFFICERS)
    assert low < 0.5 < high
    assert abs(auc - 0.5) < 0.1


@pytest.mark.filterwarnings("error")
def test_small_groups_have_no_figure_and_are_still_named(values, groups):
    groups[: MIN_OFFICERS - 1] = "c"
    groups[-2:] = "d"
    rows = audit(values, groups)
    assert {name for name, _ in rows} == {"a", "b", "c", "d"}
    assert all(rows[name, family][2:] == [None] * 4 for name in ("c", "d") for family in FAMILIES)
    assert rows["a", "telling"][3] > 0.9
    everybody = np.array(["a"] * (N - 3) + ["b"] * 3, dtype=object)
    assert all(rest[2:] == [None] * 4 for rest in audit(values, everybody).values())


def test_an_attribute_that_nobody_recorded_has_no_rows(values):
    assert audit(values, np.full(N, None, dtype=object)) == {}


def test_the_auc_is_the_mean_over_folds_of_the_share_of_ordered_pairs():
    rng = np.random.default_rng(2)
    scores, fold_of = np.round(rng.normal(size=200), 1), np.arange(200) % FOLDS
    is_in_group = rng.random(200) < 0.3
    scores[is_in_group] += 0.5
    shares = []
    for fold in range(FOLDS):
        inside, outside = scores[is_in_group & (fold_of == fold)], scores[~is_in_group & (fold_of == fold)]
        shares.append(np.mean([(a > b) + (a == b) / 2 for a in inside for b in outside]))
    auc, low, high = measure_auc(is_in_group, scores, fold_of)
    assert auc == pytest.approx(np.mean(shares))
    assert low < auc < high


def test_features_are_grouped_by_their_family():
    family_of = {"force_reports_12m": "force", "career_moves_12m": "career", "force_high_level_12m": "force"}
    assert group_by_family(family_of, list(family_of)) == {ALL_FEATURES: [0, 1, 2], "force": [0, 2], "career": [1]}


@pytest.fixture
def officers(connection):
    """What the audit reads beside the features."""
    connection.execute("alter table features.feature_catalog add is_available boolean")
    connection.execute("update features.feature_catalog set is_available = true")
    connection.execute("create schema core")
    connection.execute(
        "create table core.officers as select officer_id, 'white' as race,"
        " case when row_number() over (order by officer_id) % 3 = 0 then 'female' else 'male' end as sex"
        " from (select distinct officer_id from features.officer_features) as officers"
    )
    yield connection
    connection.execute("drop schema core cascade")


def test_an_audit_is_appended_once(officers):
    assert audit_proxies(officers, "data of a day", MIN_OFFICERS) > 0
    assert audit_proxies(officers, "data of a day", MIN_OFFICERS) == 0
    rows = officers.execute("select attribute, compared_group, family, auc from ml.proxy_audits").fetchall()
    families = {"all", "career", "complaints", "force"}
    assert {row[:3] for row in rows if row[3] is not None} == {("sex", "female", family) for family in families}
    assert audit_proxies(officers, "data of another day", MIN_OFFICERS) == len(rows)
