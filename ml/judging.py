"""How good the replayed models of an experiment were, from what they said and what came of it.

Belongs here: which metrics of which models, as rows. Does not: the metrics themselves (`ml.evaluation`), or choosing
(`ml.selection`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ml.evaluation import measure
from ml.fitting import Job, Study
from ml.registry import EvaluationRow, Predictions


@dataclass(frozen=True)
class Judgement:
    """Everything that judging an experiment gives; each is a table of schema `ml`."""

    evaluations: list[EvaluationRow]


def judge(study: Study, jobs: Sequence[Job], predictions: Mapping[str, Predictions], experiment_id: str) -> Judgement:
    """Judge every replayed model of an experiment."""
    return Judgement(
        [
            row
            for job in jobs
            if job.role == "test"
            for row in evaluate(study, job, predictions[job.model_id], experiment_id)
        ]
    )


def evaluate(study: Study, job: Job, predicted: Predictions, experiment_id: str) -> Iterator[EvaluationRow]:
    """Metrics of one model at its test date."""
    rows = study.matrix.find_rows([job.date])
    is_positive = study.labels_of(job.plan).is_positive[rows]
    experiment = study.experiment
    for metric in measure(is_positive, predicted.scores, experiment.list_sizes, experiment.grid.list_shares):
        yield EvaluationRow(
            job.model_id,
            experiment_id,
            job.plan.name,
            job.recipe.group,
            job.recipe.is_baseline,
            job.date,
            metric.metric,
            metric.parameter,
            metric.value,
            None,
            None,
            len(rows),
            int(is_positive.sum()),
        )
