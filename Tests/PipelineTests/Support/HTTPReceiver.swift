import Foundation
import Synchronization

/// A small HTTP server on a port of its own: it answers as told, and keeps what it was sent.
final class HTTPReceiver: Sendable {
    /// How a request is answered.
    enum Answer: Sendable, Equatable {
        case status(Int)
        /// Sent on to another place of the same server.
        case redirect
        /// Never: the connection stays open.
        case silence
        /// After a while, with 200.
        case slowly(seconds: Double)
    }

    /// What a request held.
    struct Request: Sendable {
        var head: String
        var body: String
    }

    let port: UInt16
    private let socket: Int32
    private let state: Mutex<(answers: [Answer], requests: [Request], open: [Int32])>

    /// - Parameter answers: One for each request; the last for all that follow.
    init(_ answers: [Answer]) throws {
        state = Mutex((answers, [], []))
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(socket, pointer, length) == 0 && listen(socket, 16) == 0
                    && getsockname(socket, pointer, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
        self.socket = socket
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(socket, nil, nil)
                guard connection >= 0, let self else { return }
                Thread.detachNewThread { self.serve(connection) }
            }
        }
    }

    deinit {
        state.withLock { state in for connection in state.open { Glibc.close(connection) } }
        shutdown(socket, Int32(SHUT_RDWR))
        Glibc.close(socket)
    }

    var url: String { "http://127.0.0.1:\(port)/secret-token" }

    var requests: [Request] { state.withLock { $0.requests } }

    private func serve(_ connection: Int32) {
        guard let request = read(connection) else {
            Glibc.close(connection)
            return
        }
        let answer = state.withLock { state -> Answer in
            state.requests.append(request)
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
        }
        switch answer {
        case .silence:
            state.withLock { $0.open.append(connection) }
            return
        case .status(let status): write("HTTP/1.1 \(status) X", to: connection)
        case .redirect: write("HTTP/1.1 302 X\r\nLocation: /elsewhere", to: connection)
        case .slowly(let seconds):
            Thread.sleep(forTimeInterval: seconds)
            write("HTTP/1.1 200 X", to: connection)
        }
        Glibc.close(connection)
    }

    private func write(_ head: String, to connection: Int32) {
        let bytes = Array((head + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").utf8)
        _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Reads one request, whose body has the length that its head says.
    private func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.firstRange(of: "\r\n\r\n") {
                let (head, body) = (String(text[..<end.lowerBound]), text[end.upperBound...])
                let length = head.split(separator: "\r\n").compactMap { line -> Int? in
                    line.lowercased().hasPrefix("content-length:")
                        ? Int(line.dropFirst(15).trimmingCharacters(in: .whitespaces)) : nil
                }.first
                if body.utf8.count >= length ?? 0 {
                    return Request(head: head, body: String(body))
                }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }
}
