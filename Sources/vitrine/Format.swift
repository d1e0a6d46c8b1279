import Foundation

/// How numbers are shown to people.
enum Format {
    /// `1,234,567`
    static func count(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var grouped = ""
        for (offset, digit) in digits.enumerated() {
            if offset > 0, (digits.count - offset).isMultiple(of: 3) { grouped += "," }
            grouped.append(digit)
        }
        return (number < 0 ? "-" : "") + grouped
    }

    /// `0.4 s`, `12 s`, `3 min 20 s`
    static func duration(_ seconds: Double) -> String {
        switch seconds {
        case ..<9.95: return String(format: "%.1f s", seconds)
        case ..<99.5: return String(format: "%.0f s", seconds)
        default:
            let whole = Int(seconds.rounded())
            return "\(whole / 60) min \(whole % 60) s"
        }
    }

    static func fixed(_ number: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", number)
    }
}
