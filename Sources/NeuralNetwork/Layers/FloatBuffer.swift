import LinearAlgebra

/// Memory that grows when more is asked for, and then forgets what was in it.
// Sendable because its owner sees to it that one worker at a time writes a part.
package final class FloatBuffer: @unchecked Sendable {
    package private(set) var base: UnsafeMutablePointer<Float>
    private var capacity: Int

    package init(capacity: Int = 1) {
        self.capacity = max(capacity, 1)
        base = .zeros(self.capacity)
    }

    deinit { base.deallocate() }

    /// Returns room for `count` values, of any content.
    @discardableResult
    package func reserve(_ count: Int) -> UnsafeMutablePointer<Float> {
        if count > capacity {
            base.deallocate()
            capacity = count + count / 4
            base = .zeros(capacity)
        }
        return base
    }
}
