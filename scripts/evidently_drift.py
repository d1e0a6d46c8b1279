"""The drift report of bench-drift by Evidently, from the same table; prints its seconds.

The same statistics: of each number PSI, Kolmogorov-Smirnov, Jensen-Shannon and Wasserstein, of the category
PSI, chi-square and Jensen-Shannon. Reading the table counts, starting Python does not.
"""

import io
import sys
import time
import warnings

import pandas
import psycopg2
from evidently import DataDefinition, Dataset, Report
from evidently.metrics import ValueDrift

warnings.filterwarnings("ignore")
start = time.perf_counter()
connection = psycopg2.connect(sys.argv[1])
text = io.StringIO()
with connection.cursor() as cursor:
    cursor.copy_expert("copy bench.nights to stdout with (format csv, header)", text)
text.seek(0)
nights = pandas.read_csv(text)
is_current = nights.pop("is_current") == "t"
numbers = [name for name in nights.columns if name != "category"]
definition = DataDefinition(numerical_columns=numbers, categorical_columns=["category"])
reference = Dataset.from_pandas(nights[~is_current], data_definition=definition)
current = Dataset.from_pandas(nights[is_current], data_definition=definition)
metrics = [
    ValueDrift(column=name, method=method)
    for name in numbers
    for method in ["psi", "ks", "jensenshannon", "wasserstein"]
] + [ValueDrift(column="category", method=method) for method in ["psi", "chisquare", "jensenshannon"]]
Report(metrics).run(current, reference).dict()
print(f"{time.perf_counter() - start:.2f}")
