#if canImport(Glibc)
    import Glibc
#endif

extension UnsafeMutableRawBufferPointer {
    /// Allocates zeros, in huge pages where the system has them to give.
    ///
    /// Rows of a large table are read here and there: in pages of 4 KB nearly every row would wait for
    /// the address of its page as well.
    public static func zeros(byteCount: Int) -> UnsafeMutableRawBufferPointer {
        let hugePage = 1 << 21
        let isLarge = byteCount >= hugePage
        let bytes = allocate(byteCount: byteCount, alignment: isLarge ? hugePage : 64)
        #if canImport(Glibc)
            // Before the first touch, which settles the size of a page. Advice: nothing is lost where
            // it is not taken.
            if isLarge { _ = madvise(bytes.baseAddress!, byteCount, MADV_HUGEPAGE) }
        #endif
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        return bytes
    }
}

extension UnsafeMutablePointer<Float> {
    /// Allocates zeros, in huge pages where the system has them to give; at least one.
    public static func zeros(_ count: Int) -> UnsafeMutablePointer<Float> {
        UnsafeMutableRawBufferPointer.zeros(byteCount: max(count, 1) * MemoryLayout<Float>.stride)
            .baseAddress!.assumingMemoryBound(to: Float.self)
    }
}
