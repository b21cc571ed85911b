"""Loads a DAG file against the stand-in for Airflow and prints what each task would run, as JSON.

Usage: python3 print_commands.py DAG_FILE CONTEXT_JSON
CONTEXT_JSON: {"run_id": …, "params": {…}, "variables": {…}, "connections": {"spark_default": {"master": …}}}
"""

import importlib.util
import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent / "stub"))

dag_file, context_json = sys.argv[1:]
spec = importlib.util.spec_from_file_location("dag_file", dag_file)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
dag = module.dag

given = json.loads(context_json)
unknown = set(given["params"]) - set(dag.params)
if unknown:
    sys.exit(f"the DAG has no parameters {sorted(unknown)}")
context = {
    "run_id": given["run_id"],
    "params": {**dag.params, **given["params"]},
    "var": {"value": given["variables"]},
}
print(json.dumps([
    {
        "task_id": task.task_id,
        "upstream": task.upstream,
        "retries": dag.default_args.get("retries", 0),
        "command": task.command(given["connections"][task.conn_id], context),
    }
    for task in dag.tasks
]))
