"""Builds the models of the day: one HTTP call starts the nightly workflow on GitHub, and a sensor waits for its end.

Written for Airflow 3 (README.md names the versions). The connection `github` holds the token as its password, and as its host the
URL of the API, when that is not https://api.github.com.
"""

from datetime import datetime, timedelta

import github_run
from airflow.sdk import Connection, dag, task
from airflow.sdk.bases.sensor import PokeReturnValue
from airflow.sdk.exceptions import AirflowFailException

REPOSITORY = "acme/models"
MANIFEST = "s3://acme-models/accounts.csv"


def connect():
    connection = Connection.get("github")
    return github_run.GitHub(REPOSITORY, connection.password, connection.host or "https://api.github.com")


@dag(schedule="0 3 * * *", start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1, tags=["batchwright"])
def daily_models():
    @task(retries=5, retry_delay=timedelta(minutes=1), retry_exponential_backoff=True)
    def start(dag_run=None):
        # The same name each time that this day is tried: whatever was submitted already is not submitted again.
        run = f"daily-{dag_run.run_after:%Y-%m-%d}"
        try:
            return github_run.start(connect(), run, {"manifest": MANIFEST})
        except github_run.GitHubError as error:
            raise AirflowFailException(str(error)) from error

    # `run_id` would be Airflow's own. Reschedule: between two looks it holds no worker's slot, and a run may take most of a day.
    @task.sensor(poke_interval=60, timeout=timedelta(hours=12).total_seconds(), mode="reschedule")
    def wait(workflow_run):
        try:
            conclusion, page = github_run.look(connect(), workflow_run)
        except github_run.GitHubUnavailable as error:
            print(f"{error}. Looking again.")
            return PokeReturnValue(is_done=False)
        except github_run.GitHubError as error:
            raise AirflowFailException(str(error)) from error
        if conclusion not in (None, "success"):
            raise AirflowFailException(f"the workflow run ended with {conclusion}: {page}")
        return PokeReturnValue(is_done=conclusion is not None, xcom_value=page)

    wait(start())


daily_models()
