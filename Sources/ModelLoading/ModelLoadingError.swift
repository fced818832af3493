import ModelGraph

/// Why a model cannot be loaded. `sentence` says it to people.
///
/// `node` is the node's name in the file, or operator and number (`Conv_0`); `operator` is the
/// foreign format's word for what the node does.
public enum ModelLoadingError: Error, Equatable, Sendable {
  /// The file cannot be read, is not a regular file, or is larger than any model we take.
  case file(path: String, reason: String)
  /// The bytes do not parse; `offset` is where, counted from the file's beginning.
  case encoding(offset: Int, reason: String)
  /// The same of a .tflite file.
  case flatBuffer(offset: Int, reason: String)
  /// A section of a Darknet configuration cannot be read; the line is counted from 1, and the name is its number in
  /// Darknet's list of layers and its type.
  case section(line: Int, name: String, reason: String)
  /// The model as a whole is not one we read.
  case model(reason: String)
  /// An input of the network is of a kind that we do not take.
  case input(name: String, reason: String)
  /// An output of the network cannot be given.
  case output(name: String, reason: String)
  /// Operators that we do not read, with all else that stands in the way.
  case needs(ModelNeeds)
  /// A known operator in a form that we do not read.
  case unsupported(node: String, operator: String, reason: String)
  /// A node whose result for one sample would depend on the other samples of a batch.
  case mixesSamples(node: String, operator: String, reason: String)
  /// A node whose inputs, attributes or shapes do not fit together.
  case unfit(node: String, operator: String, reason: String)
  /// A node that reads a value which nothing makes.
  case missingValue(node: String, operator: String, value: String)
  /// A constant tensor whose data is not what its header says, or not finite.
  case tensor(name: String, node: String, operator: String, reason: String)
  /// A node that needs its own result.
  case cycle(node: String, operator: String)
  /// A network that cannot take its window in parts.
  case stream(StreamError)
}
