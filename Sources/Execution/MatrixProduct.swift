// Plain matrix products by oneDNN, for what is not a network: least squares.

import CDNNL
import CKernels

/// c = a b, all row-major and dense; a [rows, inner] or its transpose, b [inner, columns] or its.
///
/// - Parameters:
///   - a: [inner, rows] where `transposingA`.
///   - b: [columns, inner] where `transposingB`.
/// - Throws: ``ExecutionError/engine(node:operation:status:)``.
package func multiply(
  _ a: UnsafePointer<Float>, transposingA: Bool = false, _ b: UnsafePointer<Float>,
  transposingB: Bool = false, into c: UnsafeMutablePointer<Float>, rows: Int, inner: Int,
  columns: Int
) throws(ExecutionError) {
  kx_use_one_openmp_thread()
  let (t, n) = (CChar(UInt8(ascii: "T")), CChar(UInt8(ascii: "N")))
  let status = dnnl_sgemm(
    transposingA ? t : n, transposingB ? t : n, Int64(rows), Int64(columns), Int64(inner), 1, a,
    Int64(transposingA ? rows : inner), b, Int64(transposingB ? inner : columns), 0, c,
    Int64(columns))
  try Place(node: "least squares", operation: "MatrixProduct").check(status)
}
