"""The drift report of bench-drift or bench-monitor by Evidently, from the same tables; prints its seconds.

The same statistics: of each number PSI, Kolmogorov-Smirnov, Jensen-Shannon and Wasserstein, of the category
PSI, chi-square and Jensen-Shannon. Reading the tables counts, starting Python does not.
"""

import argparse
import io
import time
import warnings

import pandas
import psycopg2
from evidently import DataDefinition, Dataset, Report
from evidently.metrics import ValueDrift

warnings.filterwarnings("ignore")


def read(cursor, query):
    """The rows of a query, as CSV without quotes."""
    text = io.StringIO()
    cursor.copy_expert(f"copy ({query}) to stdout", text)
    text.seek(0)
    return text


def nights(cursor):
    """The table that bench-drift has made: the reference and the current night."""
    columns = [f"f{place}" for place in range(1, 11)] + ["category"]
    for is_current in ["false", "true"]:
        text = read(
            cursor,
            f"select concat_ws(',', {', '.join(columns)}) from bench.nights where is_current = {is_current}",
        )
        yield pandas.read_csv(text, header=None, names=columns)


def snapshots(cursor, subject, date):
    """The numbers of all users or items as of a date."""
    source = f"monitor.drift_numbers('{date}', -1, -1, '{{{subject}}}')"
    cursor.execute(f"select names from {source} limit 1")
    names = cursor.fetchone()[0]
    text = read(cursor, f"select array_to_string(numbers, ',') from {source}")
    return pandas.read_csv(text, header=None, names=names)


def report(reference, current):
    """The statistics of every column, as far as Evidently can tell them."""
    categories = [name for name in reference.columns if name == "category"]
    # It refuses columns that hold nothing.
    numbers = [
        name
        for name in reference.columns
        if name not in categories and reference[name].notna().any() and current[name].notna().any()
    ]
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=categories)
    metrics = [
        ValueDrift(column=name, method=method)
        for name in numbers
        for method in ["psi", "ks", "jensenshannon", "wasserstein"]
    ] + [
        ValueDrift(column=name, method=method)
        for name in categories
        for method in ["psi", "chisquare", "jensenshannon"]
    ]
    Report(metrics).run(
        Dataset.from_pandas(current, data_definition=definition),
        Dataset.from_pandas(reference, data_definition=definition),
    ).dict()


parser = argparse.ArgumentParser()
parser.add_argument("--snapshots", nargs=2, metavar=("REFERENCE", "CURRENT"))
parser.add_argument("url")
arguments = parser.parse_args()
start = time.perf_counter()
connection = psycopg2.connect(arguments.url)
with connection.cursor() as cursor:
    if arguments.snapshots:
        for subject in ["user_snapshots", "item_snapshots"]:
            report(*(snapshots(cursor, subject, date) for date in arguments.snapshots))
    else:
        report(*nights(cursor))
print(f"{time.perf_counter() - start:.2f}")
