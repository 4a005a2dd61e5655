-- No feature is named after a protected attribute of the officer, alone or as a word of its name.
select feature_name
from {{ ref('feature_catalog') }}
where
    '_' || feature_name || '_' similar to
    '%\_(race|ethnic|ethnicity|nationality|sex|gender|orientation|age|birth|born|religion|disability|marital|military|veteran)\_%'
