"""Packtrain on Airflow: prepare, then train, as two spark-submit tasks.

Set up once
    Airflow 3 with apache-airflow-providers-apache-spark, and `spark-submit` of Spark 4.1 on the PATH of its workers.
    Variable `packtrain_jar`: path of Packtrain's `jobs/target/jobs-<version>.jar` on the Airflow worker.
    Variable `packtrain_lib`: path of its `jobs/target/dist/lib` folder there; spark-submit hands both to the cluster.
    Connection `spark_default`: the Spark master, with deploy mode `client`.

Each run
    Parameters are below; give others when triggering. Paths must mean the same on every machine of the cluster.
    Results: <output_root>/<run id>/data and <output_root>/<run id>/model.

Retries are safe
    A run id has its own folder. A retried or cleared `prepare` replaces what it finds; the same rows give the same
    shards. A retried or cleared `train` continues from the newest complete checkpoint in its folder, or starts if there
    is none; if the rows have changed since, it refuses to continue and says so.

No Spark session and no variable is touched when Airflow parses this file: every value is a template of the task.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import DAG


def path_safe(run_id: str) -> str:
    """A run id without the characters that Hadoop paths do not allow, such as the colons of a timestamp."""
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in run_id)


PARAMS = {
    "records": "/data/records.jsonl",  # src/tgt rows: a JSONL file, a directory, or any path Spark reads
    "src_field": "src",
    "tgt_field": "tgt",
    "tokenizer": "/models/base",  # tokenizer.json, or the directory that holds it
    "base_model": "/models/base",  # Hugging Face model directory to fine-tune
    "output_root": "/data/packtrain",
    "max_length": "2048",
    "num_processes": "2",  # training processes; Spark needs as many free cores at once
    "max_steps": "-1",  # -1: as many as num_train_epochs takes
    "num_train_epochs": "3",
    "learning_rate": "2e-5",
    "save_steps": "100",
}

RUN_DIR = "{{ params.output_root }}/{{ run_id | path_safe }}"
DATA_DIR = RUN_DIR + "/data"
MODEL_DIR = RUN_DIR + "/model"

SPARK = {
    "conn_id": "spark_default",
    "application": "{{ var.value.packtrain_jar }}",
    "jars": "{{ var.value.packtrain_lib }}/*.jar",
    # Training runs in barrier mode: Spark refuses it with dynamic allocation, and speculation would start a rank twice.
    "conf": {"spark.dynamicAllocation.enabled": "false", "spark.speculation": "false"},
}

with DAG(
    dag_id="packtrain",
    description="Tokenise and pack src/tgt records, then fine-tune a language model on them.",
    schedule=None,
    catchup=False,
    # Two runs at once would share the cluster's cores; each needs all its processes at the same time.
    max_active_runs=1,
    params=PARAMS,
    user_defined_filters={"path_safe": path_safe},
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
    tags=["packtrain"],
) as dag:
    prepare = SparkSubmitOperator(
        task_id="prepare",
        name="packtrain-prepare",
        java_class="dev.packtrain.jobs.PrepareJob",
        application_args=[
            "--dataset_name_or_path", "{{ params.records }}",
            "--src_field", "{{ params.src_field }}",
            "--tgt_field", "{{ params.tgt_field }}",
            "--tokenizer_name_or_path", "{{ params.tokenizer }}",
            "--max_length", "{{ params.max_length }}",
            "--zero_padding", "true",
            "--greedy_zero_padding", "true",
            "--output_dir", DATA_DIR,
            "--overwrite_output_dir", "true",
        ],
        **SPARK,
    )

    train = SparkSubmitOperator(
        task_id="train",
        name="packtrain-train",
        java_class="dev.packtrain.jobs.TrainJob",
        application_args=[
            "--dataset_name_or_path", DATA_DIR,
            "--model_name_or_path", "{{ params.base_model }}",
            "--num_processes", "{{ params.num_processes }}",
            "--max_steps", "{{ params.max_steps }}",
            "--num_train_epochs", "{{ params.num_train_epochs }}",
            "--learning_rate", "{{ params.learning_rate }}",
            "--save_steps", "{{ params.save_steps }}",
            "--output_dir", MODEL_DIR,
            "--resume_from_checkpoint", "true",
        ],
        **SPARK,
    )

    prepare >> train
