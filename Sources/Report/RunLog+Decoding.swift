// The shape of each record: one initializer a type, every field through the checked readers of
// FieldReading.swift.

enum Record: Decodable {
  case run(RunLog.Run, version: Int)
  case cycle(RunLog.Cycle)
  case final(RunLog.Final)
  case end(RunLog.End)
  case die(RunLog.Die)
  case unknown

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    guard let kind = try fields.text("record") else { throw fields.missing("record") }
    switch kind {
    case "run":
      guard let version = try fields.count("version") else { throw fields.missing("version") }
      // The fields of another version may mean anything: they are not looked at.
      self = .run(version == 1 ? try RunLog.Run(from: decoder) : .none, version: version)
    case "cycle": self = .cycle(try RunLog.Cycle(from: decoder))
    case "final": self = .final(try RunLog.Final(from: decoder))
    case "end": self = .end(try RunLog.End(from: decoder))
    case "die": self = .die(try RunLog.Die(from: decoder))
    default: self = .unknown
    }
  }
}

extension RunLog.Run: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    model = try fields.text("model")
    isRegression = try fields.text("task") == "regression"
    method = try fields.text("method")
    divergence = try fields.text("divergence")
    lossName = try fields.text("lossName")
    seed = try fields.seed("seed")
    teacherAccuracy = try fields.accuracy("teacherAccuracy")
    teacherParameters = try fields.count("teacherParameters")
    layers = try fields.layers("layers", \.name)
  }

  static let none = RunLog.Run(
    model: nil, isRegression: false, method: nil, divergence: nil, lossName: nil, seed: nil,
    teacherAccuracy: nil, teacherParameters: nil, layers: [])
}

extension RunLog.Layer: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    name = try fields.name("name")
    weights = try fields.count("weights")
    histogram = try fields.decodeIfPresent(Histogram.self, forKey: Field("histogram"))
  }
}

extension RunLog.Trials: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    mean = try fields.number("mean")
    deviation = try fields.amount("deviation")
    best = try fields.number("best")
    z = try fields.number("z") ?? Self.z(mean: mean, deviation: deviation, best: best)
  }

  private static func z(mean: Double?, deviation: Double?, best: Double?) -> Double? {
    guard let mean, let best, let deviation, deviation > 0 else { return nil }
    let z = (mean - best) / deviation
    return abs(z) <= Limits.magnitude ? z : nil
  }
}

extension RunLog.LayerStep: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    layer = try fields.name("layer")
    sparsity = try fields.share("sparsity")
    trials = try RunLog.Trials(from: decoder)
  }
}

extension RunLog.Interval: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    (low, high) = (try fields.share("low"), try fields.share("high"))
  }
}

extension RunLog.Intervals: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    func interval(_ name: String) throws -> RunLog.Interval? {
      try fields.decodeIfPresent(RunLog.Interval.self, forKey: Field(name))
    }
    teacherAccuracy = try interval("teacherAccuracy")
    edgeAccuracy = try interval("edgeAccuracy")
    agreement = try interval("agreement")
  }
}

extension RunLog.Cycle: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    guard let number = try fields.count("cycle") else { throw fields.missing("cycle") }
    cycle = number
    layers = try fields.layers("layers", \.layer)
    sparsity = try fields.share("sparsity")
    trials = try RunLog.Trials(from: decoder)
    divergenceBefore = try fields.number("divergenceBefore")
    divergenceAfter = try fields.number("divergenceAfter")
    accuracy = try fields.accuracy("accuracy")
    agreement = try fields.accuracy("agreement")
    loss = try fields.number("loss")
    intervals = try fields.decodeIfPresent(RunLog.Intervals.self, forKey: Field("intervals"))
    trialCount = try fields.count("trials")
    steps = try fields.count("steps")
    seconds = try fields.amount("seconds")
    bytes = try fields.count("bytes")
  }
}

extension RunLog.Final: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    steps = try fields.count("steps")
    divergence = try fields.number("divergence")
    agreement = try fields.accuracy("agreement")
    accuracy = try fields.accuracy("accuracy")
    loss = try fields.number("loss")
    seconds = try fields.amount("seconds")
  }
}

extension RunLog.End: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    sparsity = try fields.share("sparsity")
    blobBytes = try fields.count("blobBytes")
    ratio = try fields.amount("ratio")
    teacherAccuracy = try fields.accuracy("teacherAccuracy")
    edgeAccuracy = try fields.accuracy("edgeAccuracy")
    loss = try fields.number("loss")
    lossName = try fields.text("lossName")
    intervals = try fields.decodeIfPresent(RunLog.Intervals.self, forKey: Field("intervals"))
    evaluatedOn = try fields.text("evaluatedOn")
    layers = try fields.layers("layers", \.name)
  }
}

extension RunLog.EndLayer: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    name = try fields.name("name")
    survivors = try fields.count("survivors")
    levels = try fields.count("levels")
    bytes = try fields.count("bytes")
    histogram = try fields.decodeIfPresent(Histogram.self, forKey: Field("histogram"))
  }
}

extension Histogram: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    guard let low = try fields.number("low") else { throw fields.missing("low") }
    guard let high = try fields.number("high") else { throw fields.missing("high") }
    guard low <= high else { throw fields.fault("high", .outside) }
    self.init(low: low, high: high, counts: try fields.counts("counts"))
  }
}
