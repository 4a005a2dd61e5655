-- No feature is, or is named after, a protected attribute of the officer.
select feature_name
from {{ ref('feature_catalog') }}
where
    feature_name similar to '%(race|sex|gender|birth|ethnic)%'
    or feature_name similar to '(age|career_age)%'
