/// The parameters in place, while a training or a prediction holds them there.
// Sendable because workers only read, or write parts of their own.
package struct ParameterPointers: @unchecked Sendable {
    package let dense: UnsafeMutablePointer<Float>
    package let tables: [TableView]

    package init(dense: UnsafeMutablePointer<Float>, tables: [TableView]) {
        self.dense = dense
        self.tables = tables
    }
}
