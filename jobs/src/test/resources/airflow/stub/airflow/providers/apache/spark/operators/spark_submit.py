"""A stand-in for SparkSubmitOperator that builds the spark-submit command line by the rules of
apache-airflow-providers-apache-spark 6.2.0 for a master that is neither YARN nor Kubernetes: the binary, the connection's
master, the configuration, jars, the name, the class, the connection's deploy mode, the application, its arguments.
Options that the DAG does not use are refused, so that nothing is left out of the command line unnoticed."""

import re

from airflow.sdk import DAG

TEMPLATE = re.compile(r"{{\s*([\w.]+)\s*(?:\|\s*(\w+)\s*)?}}")


def lookup(path, context):
    value = context
    for name in path.split("."):
        value = value[name]  # an unknown name is an error, as with Airflow's strict templates
    return str(value)


def render(value, context, filters):
    if isinstance(value, dict):
        return {key: render(each, context, filters) for key, each in value.items()}
    if isinstance(value, list):
        return [render(each, context, filters) for each in value]
    text = TEMPLATE.sub(
        lambda m: filters[m.group(2)](lookup(m.group(1), context)) if m.group(2) else lookup(m.group(1), context),
        value,
    )
    if "{{" in text or "{%" in text:
        raise ValueError(f"the stand-in cannot render {value!r}")
    return text


class SparkSubmitOperator:
    def __init__(self, *, task_id, conn_id, application, java_class, name, jars, conf, application_args):
        self.task_id = task_id
        self.conn_id = conn_id
        self.application = application
        self.java_class = java_class
        self.name = name
        self.jars = jars
        self.conf = conf
        self.application_args = application_args
        self.upstream = []
        self.dag = DAG.current
        self.dag.tasks.append(self)

    def __rshift__(self, other):
        other.upstream.append(self.task_id)
        return other

    def command(self, connection, context):
        def rendered(value):
            return render(value, context, self.dag.filters)

        args = ["spark-submit", "--master", connection["master"]]
        for key, value in rendered(self.conf).items():
            args += ["--conf", f"{key}={value}"]
        args += ["--jars", rendered(self.jars)]
        args += ["--name", rendered(self.name)]
        args += ["--class", self.java_class]
        if connection.get("deploy_mode"):
            args += ["--deploy-mode", connection["deploy_mode"]]
        return args + [rendered(self.application)] + rendered(self.application_args)
