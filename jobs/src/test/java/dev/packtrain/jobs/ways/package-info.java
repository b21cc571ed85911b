/** Runs the notebooks and the Airflow DAG that people start from, as they stand in the repository, on the packaged jars. */
package dev.packtrain.jobs.ways;
