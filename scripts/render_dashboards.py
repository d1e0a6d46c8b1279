"""Opens the dashboard of a Superset in Chromium, tab by tab, for render-dashboards.

    PASSWORD=… render_dashboards.py http://127.0.0.1:8088 /usr/bin/chromium PROFILE PICTURES

What the browser asks for is what charts show: the answers of /api/v1/chart/data are read as they arrive, and
what was drawn of each is looked at. A line a chart; the exit status is 1 when one has a fault.
"""

import base64
import http.cookiejar
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

WIDTH = 1440
# Seconds that Superset may take to start, and a tab to be drawn.
PATIENCE = 180
# Charts that may have no rows, and why.
MAY_BE_EMPTY = {
    "Open alerts": "nothing is wrong",
    "Expected runs": "no job is expected",
    "Furthest from what was learned": "the first night of a model is its reference",
    "Steps against their median": "a step has less than three successes before",
}


class Superset:
    """A session of the administrator."""

    def __init__(self, address, password):
        self.address = address
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.read("/health")
                break
            except (urllib.error.URLError, ConnectionError):
                if time.monotonic() > deadline:
                    raise SystemExit("Superset did not start") from None
                time.sleep(1)
        self.read("/login/", urllib.parse.urlencode({"username": "admin", "password": password}).encode())

    def read(self, path, body=None):
        with self.opener.open(self.address + path, body, timeout=PATIENCE) as answer:
            return answer.read()

    def get(self, path):
        return json.loads(self.read(path))["result"]


class Browser:
    """Chromium, spoken to by the DevTools protocol through two pipes."""

    def __init__(self, program, profile):
        read_commands, self.commands = os.pipe()
        self.answers, write_answers = os.pipe()
        arguments = [
            program, "--headless=new", "--disable-gpu", "--remote-debugging-pipe", f"--user-data-dir={profile}",
            "--no-first-run", "--hide-scrollbars",
        ] + (["--no-sandbox"] if os.geteuid() == 0 else [])
        # The browser reads from descriptor 3 and writes to descriptor 4.
        script = f'exec "$0" "$@" 3<&{read_commands} 4>&{write_answers}'
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", script, *arguments], pass_fds=(read_commands, write_answers),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(read_commands)
        os.close(write_answers)
        os.set_blocking(self.answers, False)
        self.buffer = b""
        self.number = 0
        self.events = []
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def close(self):
        self.process.terminate()
        self.process.wait()

    def call(self, method, **parameters):
        """The result of a command; events that come meanwhile are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            answers = self.messages()
            self.events.extend(answer for answer in answers if "method" in answer)
            for answer in answers:
                if answer.get("id") == self.number:
                    if "error" in answer:
                        raise RuntimeError(f"{method}: {answer['error']['message']}")
                    return answer["result"]
            time.sleep(0.02)
        raise SystemExit(f"Chromium did not answer {method}")

    def messages(self):
        if self.process.poll() is not None:
            raise SystemExit("Chromium ended")
        try:
            while part := os.read(self.answers, 1 << 20):
                self.buffer += part
        except BlockingIOError:
            pass
        *whole, self.buffer = self.buffer.split(b"\0")
        return [json.loads(message) for message in whole]

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return result["result"].get("value")


class Charts:
    """What each chart asked for and what the API answered, by the number of the chart."""

    def __init__(self, browser):
        self.browser = browser
        # Rows that came, the columns by which they were filtered, and what went wrong.
        self.rows = {}
        self.filtered = {}
        self.faults = {}
        self.open = {}

    def listen(self):
        self.browser.events.extend(self.browser.messages())
        events, self.browser.events = self.browser.events, []
        for event in events:
            parameters = event.get("params", {})
            request = parameters.get("requestId")
            if event["method"] == "Network.requestWillBeSent":
                chart = self.chart(parameters["request"]["url"])
                if chart is not None:
                    self.open[request] = chart
            elif event["method"] == "Network.loadingFinished" and request in self.open:
                question = self.browser.call("Network.getRequestPostData", requestId=request)["postData"]
                answer = self.browser.call("Network.getResponseBody", requestId=request)
                self.keep(self.open.pop(request), question, answer)
            elif event["method"] == "Network.loadingFailed" and request in self.open:
                chart = self.open.pop(request)
                if not parameters.get("canceled"):
                    self.faults[chart] = parameters.get("errorText", "no answer")

    @staticmethod
    def chart(url):
        """The number of the chart that a request is of; None for other requests, and for those of filters."""
        address = urllib.parse.urlparse(url)
        if address.path.rstrip("/") != "/api/v1/chart/data":
            return None
        form = urllib.parse.parse_qs(address.query).get("form_data", ["{}"])[0]
        return json.loads(form).get("slice_id")

    def keep(self, chart, question, body):
        queries = json.loads(question)["queries"]
        self.filtered[chart] = {filter["col"] for query in queries for filter in query.get("filters", [])}
        text = body["body"]
        if body["base64Encoded"]:
            text = base64.b64decode(text)
        answer = json.loads(text)
        results = answer.get("result")
        if not results:
            self.faults[chart] = answer.get("message") or json.dumps(answer.get("errors"))
            return
        errors = [result["error"] for result in results if result.get("error")]
        if errors:
            self.faults[chart] = errors[0]
        self.rows[chart] = results[0]["rowcount"] or 0


def reach(filters, position):
    """The columns by which the filters of the dashboard have to reach each chart, by the number of the chart."""
    columns = {}
    for part in position.values():
        if isinstance(part, dict) and part["type"] == "CHART":
            number = part["meta"]["chartId"]
            columns[number] = {
                target["column"]["name"]
                for filter in filters
                if number not in filter["scope"]["excluded"]
                and set(filter["scope"]["rootPath"]) & set(part["parents"])
                for target in filter["targets"]
            }
    return columns


# What was drawn of the charts of a tab: their number, whether they are still loading, and what they say in
# place of a drawing.
DRAWN = """
JSON.stringify([...document.querySelectorAll('[data-test-chart-id]')].filter(n => n.offsetParent).map(n => ({
    id: Number(n.dataset.testChartId),
    loading: !!n.querySelector('[data-test="loading-indicator"], .loading'),
    drawn: !!n.querySelector('canvas, svg.superset-legacy-chart, table tbody tr, .header-line'),
    said: (n.querySelector('[role="alert"], .ant-empty, [data-test="query-error"]') || {innerText: ''}).innerText,
})))
"""

# How far down the charts of a tab reach, in pixels; null without any.
HEIGHT = """
Math.ceil(Math.max(...[...document.querySelectorAll('[data-test-chart-id]')].filter(n => n.offsetParent).map(
    n => n.getBoundingClientRect().bottom + window.scrollY))) + 40
"""


def settle(browser, charts):
    """Waits until all charts of the tab are drawn and have been so for a while."""
    deadline = time.monotonic() + PATIENCE
    quiet = 0
    while quiet < 6:
        if time.monotonic() > deadline:
            break
        charts.listen()
        drawn = json.loads(browser.evaluate(DRAWN) or "[]")
        is_done = drawn and not charts.open and not any(chart["loading"] for chart in drawn)
        quiet = quiet + 1 if is_done else 0
        time.sleep(0.5)
    return drawn


def main():
    address, program, profile, pictures = sys.argv[1:]
    # So that the browser ends as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    superset = Superset(address, os.environ["PASSWORD"])
    names = {chart["id"]: chart["slice_name"] for chart in superset.get("/api/v1/dashboard/vitrine/charts")}
    dashboard = superset.get("/api/v1/dashboard/vitrine")
    position = json.loads(dashboard["position_json"])
    filters = reach(json.loads(dashboard["json_metadata"])["native_filter_configuration"], position)
    tabs = [part for part in position.values() if isinstance(part, dict) and part["type"] == "TAB"]
    browser = Browser(program, profile)
    try:
        charts = Charts(browser)
        for domain in ("Page", "Network", "Runtime"):
            browser.call(f"{domain}.enable")
        for cookie in superset.cookies:
            browser.call("Network.setCookie", name=cookie.name, value=cookie.value, url=address)
        screen = {"width": WIDTH, "deviceScaleFactor": 1, "mobile": False}
        browser.call("Emulation.setDeviceMetricsOverride", height=900, **screen)
        drawings = {}
        for place, tab in enumerate(tabs):
            if place == 0:
                browser.call("Page.navigate", url=f"{address}/superset/dashboard/vitrine/")
            else:
                browser.call("Emulation.setDeviceMetricsOverride", height=900, **screen)
                browser.evaluate(f"document.querySelector('[id$=\"-tab-{tab['id']}\"]').click()")
            settle(browser, charts)
            # As high as the tab is, so that nothing is left to scroll to.
            height = browser.evaluate(HEIGHT)
            if height is None:
                raise SystemExit(f"the tab {tab['meta']['text']} did not open")
            browser.call("Emulation.setDeviceMetricsOverride", height=int(height), **screen)
            drawings.update({chart["id"]: chart for chart in settle(browser, charts)})
            picture = browser.call("Page.captureScreenshot", format="png")["data"]
            file = pathlib.Path(pictures) / f"{tab['id'].removeprefix('TAB-')}.png"
            file.write_bytes(base64.b64decode(picture))
    finally:
        browser.close()
    fault_count = 0
    for number, name in sorted(names.items()):
        missing = filters[number] - charts.filtered.get(number, set())
        fault = charts.faults.get(number) or (f"not filtered by {min(missing)}" if missing else None)
        verdict, note = judge(name, charts.rows.get(number), fault, drawings.get(number))
        fault_count += verdict == "FAULT"
        print(f"{verdict:5}  {name}: {note}")
    print(f"{len(names)} charts, {fault_count} with a fault; pictures in {pictures}")
    return 1 if fault_count or not names else 0


def judge(name, rows, fault, drawing):
    """What is said of a chart: ok, empty or FAULT, and a note."""
    if fault:
        return "FAULT", " ".join(fault.split())
    if rows is None:
        return "FAULT", "was not asked for data"
    if rows == 0 and name in MAY_BE_EMPTY:
        return "empty", MAY_BE_EMPTY[name]
    if rows == 0:
        return "FAULT", "no rows"
    if drawing is None or not drawing["drawn"]:
        said = " ".join(drawing["said"].split()) if drawing else ""
        return "FAULT", f"{rows} rows, but nothing is drawn {said}".rstrip()
    return "ok", f"{rows} rows" if rows > 1 else "1 row"


if __name__ == "__main__":
    sys.exit(main())
