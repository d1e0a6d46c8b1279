import Foundation

/// How much of the machine other programs take: figures stand only where it is little.
public struct OtherPrograms {
    private let start = ContinuousClock.now
    private let busy: Double
    private let own: Double

    /// Begins to watch.
    public init() {
        busy = Self.busySeconds
        own = Self.ownSeconds
    }

    /// Cores that other programs have kept busy since, on average; programs that this one started
    /// and that ended are its own. 0 where the system does not say.
    public var cores: Double {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return max(0, Self.busySeconds - busy - (Self.ownSeconds - own)) / seconds
    }

    /// Seconds of all cores since the machine started, but those of waiting.
    private static var busySeconds: Double {
        let text = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8)) ?? ""
        // cpu user nice system idle iowait irq softirq …, in ticks.
        let ticks = text.prefix { $0 != "\n" }.split(separator: " ").dropFirst().compactMap {
            Double($0)
        }
        guard ticks.count >= 7 else { return 0 }
        let busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]
        return busy / ticksPerSecond
    }

    private static var ownSeconds: Double {
        var ticks = tms()
        times(&ticks)
        let sum = [ticks.tms_utime, ticks.tms_stime, ticks.tms_cutime, ticks.tms_cstime]
            .reduce(0) { $0 + Double($1) }
        return sum / ticksPerSecond
    }

    private static var ticksPerSecond: Double { Double(sysconf(Int32(_SC_CLK_TCK))) }
}
