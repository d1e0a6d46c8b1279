import Dispatch
import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// One POST over HTTP, waited for.
///
/// Errors say what happened and never where to: the URL of a webhook is a secret.
struct HTTPPost {
    var url: URL
    var body: Data
    /// Sent as `Idempotency-Key`, for receivers that look there.
    var key: String
    var timeoutSeconds: Int

    /// Sends it.
    ///
    /// - Returns: nil where the receiver accepted it with a status from 200 to 299; else why not, in words.
    func send() -> String? {
        var request = URLRequest(
            url: url, cachePolicy: .reloadIgnoringLocalCacheData,
            timeoutInterval: TimeInterval(timeoutSeconds))
        request.httpMethod = "POST"
        request.httpBody = body
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.setValue(key, forHTTPHeaderField: "Idempotency-Key")
        let configuration = URLSessionConfiguration.ephemeral
        // What trickles in without end is no answer either.
        configuration.timeoutIntervalForResource = TimeInterval(timeoutSeconds)
        let session = URLSession(
            configuration: configuration, delegate: NoRedirects(), delegateQueue: nil)
        defer { session.invalidateAndCancel() }
        let (done, outcome) = (DispatchSemaphore(value: 0), Outcome())
        session.dataTask(with: request) { _, response, error in
            outcome.message.withLock { $0 = Self.failure(response, error) }
            done.signal()
        }.resume()
        // The session keeps the time; the rest is for a session that does not.
        guard done.wait(timeout: .now() + .seconds(timeoutSeconds + 5)) == .success else {
            return "the receiver did not answer in time"
        }
        return outcome.message.withLock { $0 }
    }

    private final class Outcome: Sendable {
        let message = Mutex<String?>(nil)
    }

    private static func failure(_ response: URLResponse?, _ error: (any Error)?) -> String? {
        if let error {
            switch (error as? URLError)?.code {
            case .timedOut?: return "the receiver did not answer in time"
            case .cannotConnectToHost?: return "the receiver refused the connection"
            case .cannotFindHost?: return "the host of the receiver is not known"
            case .networkConnectionLost?: return "the receiver closed the connection"
            case let code?: return "the receiver could not be reached (\(code.rawValue))"
            case nil: return "the receiver could not be reached"
            }
        }
        guard let status = (response as? HTTPURLResponse)?.statusCode else {
            return "the receiver gave no answer in HTTP"
        }
        return (200...299).contains(status) ? nil : "the receiver answered \(status)"
    }
}

/// A POST that is sent elsewhere becomes a GET, which the other place may well accept.
private final class NoRedirects: NSObject, URLSessionTaskDelegate {
    func urlSession(
        _ session: URLSession, task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}
