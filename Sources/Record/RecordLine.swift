// The lines of a record, both ways: what is written has the keys of the properties of RunRecord's types, what is
// read goes field by field through the checked readers of FieldReading.swift.

package enum RecordLine: Codable {
  case run(RunRecord.Run, version: Int)
  case cycle(RunRecord.Cycle)
  case final(RunRecord.Final)
  case end(RunRecord.End)
  case die(RunRecord.Die)
  case unknown

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    guard let kind = try fields.text("record") else { throw fields.missing("record") }
    switch kind {
    case "run":
      guard let version = try fields.count("version") else { throw fields.missing("version") }
      // The fields of another version may mean anything: they are not looked at.
      self = .run(version == 1 ? try RunRecord.Run(from: decoder) : RunRecord.Run(), version: version)
    case "cycle": self = .cycle(try RunRecord.Cycle(from: decoder))
    case "final": self = .final(try RunRecord.Final(from: decoder))
    case "end": self = .end(try RunRecord.End(from: decoder))
    case "die": self = .die(try RunRecord.Die(from: decoder))
    default: self = .unknown
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Field.self)
    func put(_ kind: String, _ line: some Encodable) throws {
      try fields.encode(kind, forKey: Field("record"))
      try line.encode(to: encoder)
    }
    switch self {
    case .run(let run, let version):
      try fields.encode(version, forKey: Field("version"))
      try put("run", run)
    case .cycle(let cycle): try put("cycle", cycle)
    case .final(let final): try put("final", final)
    case .end(let end): try put("end", end)
    case .die(let die): try put("die", die)
    case .unknown: break
    }
  }
}

extension RunRecord.Run: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    model = try fields.text("model")
    command = try fields.text("command", scalars: RecordLimits.commandScalars)
    tool = try fields.text("tool")
    written = try fields.text("written")
    trainingSamples = try fields.count("trainingSamples")
    heldBackSamples = try fields.count("heldBackSamples")
    otherSamples = try fields.count("otherSamples")
    task = try fields.text("task")
    method = try fields.text("method")
    divergence = try fields.text("divergence")
    lossName = try fields.text("lossName")
    seed = try fields.seed("seed")
    teacherAccuracy = try fields.accuracy("teacherAccuracy")
    teacherParameters = try fields.count("teacherParameters")
    layers = try fields.layers("layers", \.name)
  }
}

extension RunRecord.Layer: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    name = try fields.name("name")
    weights = try fields.count("weights")
    histogram = try fields.decodeIfPresent(Histogram.self, forKey: Field("histogram"))
  }
}

extension RunRecord.Trials: Decodable {
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
    return abs(z) <= RecordLimits.magnitude ? z : nil
  }
}

extension RunRecord.LayerStep: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    layer = try fields.name("layer")
    sparsity = try fields.share("sparsity")
    trials = try RunRecord.Trials(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    try trials.encode(to: encoder)
    var fields = encoder.container(keyedBy: Field.self)
    try fields.encode(layer, forKey: Field("layer"))
    try fields.encodeIfPresent(sparsity, forKey: Field("sparsity"))
  }
}

extension RunRecord.Interval: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    (low, high) = (try fields.share("low"), try fields.share("high"))
  }
}

extension RunRecord.Intervals: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    func interval(_ name: String) throws -> RunRecord.Interval? {
      try fields.decodeIfPresent(RunRecord.Interval.self, forKey: Field(name))
    }
    teacherAccuracy = try interval("teacherAccuracy")
    edgeAccuracy = try interval("edgeAccuracy")
    agreement = try interval("agreement")
  }
}

extension RunRecord.Cycle: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    guard let number = try fields.count("cycle") else { throw fields.missing("cycle") }
    cycle = number
    layers = try fields.layers("layers", \.layer)
    sparsity = try fields.share("sparsity")
    trials = try RunRecord.Trials(from: decoder)
    divergenceBefore = try fields.number("divergenceBefore")
    divergenceAfter = try fields.number("divergenceAfter")
    accuracy = try fields.accuracy("accuracy")
    agreement = try fields.accuracy("agreement")
    loss = try fields.number("loss")
    intervals = try fields.decodeIfPresent(RunRecord.Intervals.self, forKey: Field("intervals"))
    trialCount = try fields.count("trials")
    steps = try fields.count("steps")
    seconds = try fields.amount("seconds")
    bytes = try fields.count("bytes")
  }

  public func encode(to encoder: any Encoder) throws {
    try trials.encode(to: encoder)
    var fields = encoder.container(keyedBy: Field.self)
    let numbers = [
      ("sparsity", sparsity), ("divergenceBefore", divergenceBefore), ("divergenceAfter", divergenceAfter),
      ("accuracy", accuracy), ("agreement", agreement), ("loss", loss), ("seconds", seconds),
    ]
    for (name, number) in numbers { try fields.encodeIfPresent(number, forKey: Field(name)) }
    for (name, count) in [("cycle", cycle), ("trials", trialCount), ("steps", steps), ("bytes", bytes)] {
      try fields.encodeIfPresent(count, forKey: Field(name))
    }
    try fields.encode(layers, forKey: Field("layers"))
    try fields.encodeIfPresent(intervals, forKey: Field("intervals"))
  }
}

extension RunRecord.Final: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    steps = try fields.count("steps")
    divergence = try fields.number("divergence")
    agreement = try fields.accuracy("agreement")
    accuracy = try fields.accuracy("accuracy")
    loss = try fields.number("loss")
    intervals = try fields.decodeIfPresent(RunRecord.Intervals.self, forKey: Field("intervals"))
    seconds = try fields.amount("seconds")
  }
}

extension RunRecord.End: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    sparsity = try fields.share("sparsity")
    blobBytes = try fields.count("blobBytes")
    ratio = try fields.amount("ratio")
    teacherAccuracy = try fields.accuracy("teacherAccuracy")
    edgeAccuracy = try fields.accuracy("edgeAccuracy")
    loss = try fields.number("loss")
    lossName = try fields.text("lossName")
    intervals = try fields.decodeIfPresent(RunRecord.Intervals.self, forKey: Field("intervals"))
    evaluatedOn = try fields.text("evaluatedOn")
    floatAccuracy = try fields.accuracy("floatAccuracy")
    floatLoss = try fields.number("floatLoss")
    floatInterval = try fields.decodeIfPresent(RunRecord.Interval.self, forKey: Field("floatInterval"))
    seconds = try fields.amount("seconds")
    layers = try fields.layers("layers", \.name)
  }
}

extension RunRecord.EndLayer: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    name = try fields.name("name")
    weights = try fields.count("weights")
    survivors = try fields.count("survivors")
    levels = try fields.count("levels")
    bytes = try fields.count("bytes")
    lossSaved = try fields.number("lossSaved")
    divergenceSaved = try fields.number("divergenceSaved")
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
