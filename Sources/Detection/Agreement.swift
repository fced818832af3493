// What becomes of the objects that a teacher finds, whether or not it is right.

/// How an edge's findings differ from its teacher's, over many photographs.
public struct DetectionAgreement: Equatable, Sendable, Codable {
  /// Of the teacher's objects above a confidence.
  public struct Above: Equatable, Sendable, Codable {
    /// Objects that the teacher finds.
    public var teacher = 0
    /// Of these, those that the edge finds: the same class, overlapping by half or more, of any confidence.
    public var found = 0
    /// Of these, those that the edge finds with more than 50 %.
    public var foundAbove50 = 0
    /// What the edge finds with this confidence and the teacher does not with any.
    public var added = 0
    /// The edge's confidence less the teacher's, over the objects found: the mean, and the worst; nil without any.
    public var meanChange: Double?
    public var worstChange: Double?
  }

  public var above80: Above
  public var above50: Above

  /// - Parameters:
  ///   - teacher: of each photograph what the teacher finds, as unsure as wanted.
  ///   - edge: of each photograph what the edge finds.
  public init(teacher: [[DetectedObject]], edge: [[DetectedObject]]) {
    precondition(teacher.count == edge.count, "the same photographs")
    var (sums80, sums50) = (Sums(limit: 0.8), Sums(limit: 0.5))
    for (known, found) in zip(teacher, edge) {
      let found = found.surestFirst
      let matches = Matching.match(found, with: known.map(KnownObject.init), overlapping: 0.5)
      var pairs = [DetectedObject?](repeating: nil, count: known.count)
      for (object, number) in zip(found, matches) where number != nil { pairs[number!] = object }
      sums80.add(known, pairs, found, matches)
      sums50.add(known, pairs, found, matches)
    }
    (above80, above50) = (sums80.result, sums50.result)
  }

  private struct Sums {
    let limit: Float
    var counts = Above()
    var changes = 0.0

    init(limit: Float) { self.limit = limit }

    mutating func add(
      _ known: [DetectedObject], _ pairs: [DetectedObject?], _ found: [DetectedObject], _ matches: [Int?]
    ) {
      for (object, pair) in zip(known, pairs) where object.confidence > limit {
        counts.teacher += 1
        guard let pair else { continue }
        counts.found += 1
        if pair.confidence > 0.5 { counts.foundAbove50 += 1 }
        let change = Double(pair.confidence) - Double(object.confidence)
        changes += change
        counts.worstChange = min(counts.worstChange ?? change, change)
      }
      counts.added += zip(found, matches).count { $0.confidence > limit && $1 == nil }
    }

    var result: Above {
      var result = counts
      result.meanChange = counts.found == 0 ? nil : changes / Double(counts.found)
      return result
    }
  }
}
