# A stand-in for the part of Airflow that the DAG imports.
