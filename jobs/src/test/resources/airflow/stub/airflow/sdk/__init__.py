"""A stand-in for airflow.sdk: a DAG that keeps what it was given."""


class DAG:
    current = None

    def __init__(self, dag_id, **options):
        allowed = {
            "description", "schedule", "catchup", "max_active_runs", "params",
            "user_defined_filters", "default_args", "tags",
        }
        unknown = set(options) - allowed
        if unknown:
            raise TypeError(f"the stand-in for airflow.sdk.DAG does not know {sorted(unknown)}")
        self.dag_id = dag_id
        self.params = options.get("params", {})
        self.filters = options.get("user_defined_filters", {})
        self.default_args = options.get("default_args", {})
        self.tasks = []

    def __enter__(self):
        DAG.current = self
        return self

    def __exit__(self, *failure):
        DAG.current = None
