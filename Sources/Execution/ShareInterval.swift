// How sure a share is that was counted on a few samples: Wilson's interval (1927), which unlike the
// normal one stays within 0 ... 1 and says something where all or none are right.

/// Where a share lies with 95 % confidence.
public struct ShareInterval: Equatable, Sendable, Codable {
  /// The least, 0 to 1.
  public var low: Double
  /// The most, 0 to 1.
  public var high: Double

  /// Of the normal distribution, 95 % within.
  static let deviations = 1.96

  /// - Precondition: 0 <= right <= of, and of > 0.
  public init(right: Int, of count: Int) {
    precondition(count > 0 && (0...count).contains(right), "\(right) of \(count)")
    let (n, p) = (Double(count), Double(right) / Double(count))
    let z = Self.deviations
    let middle = p + z * z / (2 * n)
    let reach = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    let scale = 1 + z * z / n
    // Rounding must not put the ends beyond what is counted.
    low = right == 0 ? 0 : max(0, (middle - reach) / scale)
    high = right == count ? 1 : min(1, (middle + reach) / scale)
  }

  public var width: Double { high - low }

  /// Samples that would place a share about here within `reach` either way.
  public func samples(for reach: Double) -> Int {
    let middle = (low + high) / 2
    let count = middle * (1 - middle) * (Self.deviations / reach) * (Self.deviations / reach)
    return Int(count.rounded(.up))
  }
}

extension AnswerShare {
  /// Nil of nothing.
  public var interval: ShareInterval? {
    of > 0 ? ShareInterval(right: right, of: of) : nil
  }
}

/// The intervals of what was counted; nil for what was not.
public struct AnswerIntervals: Equatable, Sendable, Codable {
  /// Of the teacher's right answers; nil without labels.
  public var teacherAccuracy: ShareInterval?
  /// Of the edge's right answers; nil without labels.
  public var edgeAccuracy: ShareInterval?
  /// Of answers that are the teacher's; nil where none are counted.
  public var agreement: ShareInterval?

  /// Nil where numbers are the answer, which are no shares, and of a detector, whose objects come several in a
  /// photograph.
  public init?(_ answers: AnswerCount) {
    guard answers.objects == nil, let agreement = answers.agreement?.interval else { return nil }
    self.agreement = agreement
    teacherAccuracy = answers.teacherAccuracy?.interval
    edgeAccuracy = answers.studentAccuracy?.interval
  }
}
