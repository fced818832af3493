// A wrong file in words: what it is, what was wanted, and what to do.

extension FileKind {
  /// What a command takes a file for.
  package enum Role: Sendable {
    case model, blob, checkpoint, data, labels, target, network

    fileprivate var wanted: String {
      switch self {
      case .model: "an ONNX, TensorFlow Lite or Darknet model"
      case .blob: "a blob (.kgl)"
      case .checkpoint: "a checkpoint of kinglet"
      case .data: "samples"
      case .labels: "labels"
      case .target: "a target's profile"
      case .network: "a blob, or an ONNX, TensorFlow Lite or Darknet model"
      }
    }
  }

  /// Whether it is a kind of model that is read.
  package var isModel: Bool { [.onnx, .tflite, .darknet].contains(self) }

  /// Whether a file of this kind could be what a role wants: its reader then says what is wrong.
  func mayBe(_ role: Role) -> Bool {
    switch role {
    case .model: isModel
    case .blob: self == .blob
    case .network: isModel || self == .blob
    case .checkpoint: self == .checkpoint
    case .data: [.npy, .npz, .idx, .image, .jpeg, .wav, .text, .folder, .gzip].contains(self)
    case .labels: [.npy, .npz, .idx, .text, .gzip].contains(self)
    case .target: self == .json
    }
  }

  /// What the file is, that it is not what is wanted, and what to do.
  package func sentence(for role: Role) -> String {
    let advice = self.advice(for: role).map { ": \($0)" } ?? ""
    if self == .empty { return "it is empty, where \(role.wanted) is wanted\(advice)" }
    return "it is \(name), not \(role.wanted)\(advice)"
  }

  private var name: String {
    switch self {
    case .empty: "an empty file"
    case .folder: "a folder"
    case .savedModel: "the folder of a TensorFlow SavedModel"
    case .onnx: "an ONNX model"
    case .blob: "a blob of kinglet (.kgl)"
    case .checkpoint: "a checkpoint of kinglet"
    case .darknet: "a Darknet configuration (.cfg)"
    case .darknetWeights: "the weights of a Darknet model (.weights)"
    case .pytorch: "a PyTorch file (.pt, .pth)"
    case .pickle: "a Python pickle"
    case .keras: "a Keras model (.keras)"
    case .hdf5: "an HDF5 file (.h5), as Keras saves models"
    case .tflite: "a TensorFlow Lite model (.tflite)"
    case .ort: "a model in onnxruntime's own format (.ort)"
    case .tensorFlow: "a TensorFlow graph (.pb)"
    case .safetensors: "a file of weights without a network (.safetensors)"
    case .gguf: "a language model in GGUF"
    case .npy: "an array (.npy)"
    case .npz: "an archive of arrays (.npz)"
    case .zip: "a zip archive"
    case .idx: "an IDX file of samples or labels"
    case .image: "an image"
    case .jpeg: "a JPEG image"
    case .otherImage: "an image of a format that is not read"
    case .wav: "a recording of sound (.wav)"
    case .audio: "a recording of sound in a format that is not read"
    case .parquet: "a Parquet table"
    case .matlab: "a MATLAB file"
    case .gzip: "compressed by gzip"
    case .otherArchive: "an archive"
    case .lfsPointer: "a pointer of Git LFS, the text that stands in for the file"
    case .html: "a web page"
    case .xml: "an XML text"
    case .json: "a JSON text"
    case .text: "a text"
    case .program: "a program"
    }
  }

  private func advice(for role: Role) -> String? {
    switch self {
    case .empty: "was its download or copy cut off?"
    case .lfsPointer: "fetch the file itself with git lfs pull"
    case .html: "the download brought a page instead of the file"
    default: role == .data || role == .labels ? dataAdvice : role == .target ? nil : modelAdvice(role)
    }
  }

  private var dataAdvice: String? {
    switch self {
    case .otherImage: "convert it to PNG or JPEG, or to an array (.npy)"
    case .audio: "convert it to WAV, or save the numbers as an array, samples first (numpy.save, .npy)"
    case .parquet, .matlab, .hdf5, .pytorch, .pickle, .safetensors, .text, .json:
      "save the numbers as an array, samples first (numpy.save, .npy)"
    case .zip, .otherArchive: "unpack it"
    default: nil
    }
  }

  private func modelAdvice(_ role: Role) -> String? {
    let isModel = role == .model || role == .network
    switch self {
    case .pytorch, .pickle, .safetensors:
      return isModel ? "export the network with torch.onnx.export" : nil
    case .keras, .hdf5, .savedModel, .tensorFlow:
      return isModel ? "convert it with TensorFlow's converter to .tflite, or with tf2onnx" : nil
    case .ort: return isModel ? "give the .onnx file that it was made from" : nil
    case .gzip: return "unpack it with gunzip"
    case .zip, .otherArchive: return "unpack it"
    case .blob:
      return role == .model ? "give the ONNX model that it was made from" : nil
    case .checkpoint:
      return role == .checkpoint ? nil : "encode makes a blob of it; compile --resume and evolve go on with it"
    case .darknetWeights:
      return isModel ? "give the .cfg that they belong to, and them by --weights where they do not lie beside it" : nil
    case .onnx, .tflite, .darknet:
      return role == .blob ? "compile or encode makes a blob of it"
        : role == .checkpoint ? "compile or evolve begins a run with it" : nil
    default: return nil
    }
  }
}
