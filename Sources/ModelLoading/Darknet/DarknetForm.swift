// The sections that are read, with every option of each: those that are read, those that only training or the
// drawing of boxes reads, and those that mean nothing at one value and change answers at any other. An option
// that is none of these could change answers too, and is refused by name.

/// What the options of a section's type are.
struct DarknetForm {
  let read: Set<String>
  var ignored: Set<String> = []
  /// What is refused at any value but this.
  var neutral: [String: String] = [:]
}

extension DarknetForm {
  /// Options that any section may have, for training.
  private static let everywhere: Set<String> = [
    "burnin_update", "clip", "dont_update", "dontsave", "learning_rate", "onlyforward", "stopbackward",
    "train_only_bn",
  ]

  /// By the type's full name.
  static let all: [String: DarknetForm] = [
    "avgpool": DarknetForm(read: []),
    "connected": DarknetForm(read: ["activation", "batch_normalize", "output"]),
    "convolutional": DarknetForm(
      read: [
        "activation", "batch_normalize", "cbn", "dilation", "filters", "groups", "pad", "padding", "size", "stride",
        "stride_x", "stride_y",
      ],
      ignored: ["angle", "assisted_excitation", "dot", "grad_centr", "stream", "wait_stream"],
      neutral: zeros([
        "antialiasing", "bin_output", "binary", "coordconv", "flipped", "reverse", "rotate", "stretch", "stretch_sway",
        "sway", "xnor",
      ])),
    "cost": DarknetForm(read: [], ignored: ["noobj", "ratio", "scale", "smooth", "thresh", "type"]),
    "dropout": DarknetForm(
      read: [], ignored: ["dropblock", "dropblock_size_abs", "dropblock_size_rel", "probability"]),
    "maxpool": DarknetForm(
      read: ["padding", "size", "stride", "stride_x", "stride_y"], ignored: ["out_channels"],
      neutral: zeros(["antialiasing", "maxpool_depth", "maxpool_zero_nonmax"])),
    "region": DarknetForm(
      read: ["anchors", "classes", "num", "softmax"],
      ignored: [
        "absolute", "bias_match", "class_scale", "classfix", "coord_scale", "focal_loss", "jitter", "mask_scale", "max",
        "noobject_scale", "object_scale", "random", "rescore", "resize", "thresh",
      ],
      neutral: ["coords": "4"].merging(zeros(["background", "log", "sqrt"])) { $1 }),
    "reorg": DarknetForm(read: ["stride"], neutral: zeros(["extra", "flatten", "reverse"])),
    "route": DarknetForm(read: ["group_id", "groups", "layers"], ignored: ["stream", "wait_stream"]),
    "shortcut": DarknetForm(
      read: ["activation", "from"], ignored: ["weights_normalization"],
      neutral: ["weights_type": "none", "alpha": "1", "beta": "1"]),
    "softmax": DarknetForm(read: ["groups", "temperature"], ignored: ["noloss"], neutral: zeros(["spatial"])),
    "upsample": DarknetForm(read: ["stride"], neutral: ["scale": "1"]),
    "yolo": DarknetForm(
      read: ["anchors", "classes", "mask", "new_coords", "num", "scale_x_y"],
      ignored: [
        "beta_nms", "cls_normalizer", "counters_per_class", "delta_normalizer", "dets_for_show", "dets_for_track",
        "embedding_layer", "focal_loss", "ignore_thresh", "iou_loss", "iou_normalizer", "iou_thresh", "iou_thresh_kind",
        "jitter", "label_smooth_eps", "max", "max_delta", "nms_kind", "nms_threshold", "obj_normalizer",
        "objectness_smooth", "random", "resize", "show_details", "sim_thresh", "thresh", "track_ciou_norm",
        "track_history_size", "truth_thresh", "uc_normalizer",
      ]),
  ]

  /// Other names of types.
  private static let aliases = [
    "avg": "avgpool", "conn": "connected", "conv": "convolutional", "max": "maxpool", "soft": "softmax",
  ]

  static func fullName(_ type: String) -> String { aliases[type] ?? type }

  private static func zeros(_ options: [String]) -> [String: String] {
    Dictionary(uniqueKeysWithValues: options.map { ($0, "0") })
  }

  /// Refuses what a section says that could change answers and is not read.
  func check(_ section: DarknetSection) throws(ModelLoadingError) {
    let known = read.union(ignored).union(Self.everywhere)
    let others = section.options.filter { !known.contains($0.key) }
    for (option, given) in others.sorted(by: { $0.value.line < $1.value.line }) {
      guard let only = neutral[option] ?? (["dontload", "dontloadscales"].contains(option) ? "0" : nil) else {
        throw section.fault(
          "its option \(option.prefix(40)) is not read, and could change answers: take it out if it is for training "
            + "alone", at: given.line)
      }
      let isNeutral = given.value == only || Double(only).map { $0 == Double(given.value) } == true
      guard isNeutral, section.repeated[option] == nil else {
        throw section.wrong(option, "is not read, only \(option)=\(only)")
      }
    }
  }
}
