public import StrictYAML

/// What rows are imported as.
public enum ImportTarget: String, Hashable, Sendable, YAMLEnumeration {
    case users, items, interactions
}
