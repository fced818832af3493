import Foundation

extension Double {
  /// Percentage points with two digits.
  public var points: String { String(format: "%.2f", self) }
  /// A share as a percentage with two digits.
  public var percent: String { String(format: "%.2f %%", 100 * self) }
}
