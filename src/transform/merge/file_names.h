// transform/merge/file_names.h - what files call a module that transformers 5 has named anew in memory.
//
// Contract   Pure, by name. Renamings only, which leave every tensor as it is; transformers 5 takes them back
//            as it saves, so that the files keep the old names. Whether there is such a tensor is the
//            caller's to say.
// Threads    value
// Source     transformers 5 conversion_mapping.py: ViTModel (with AST, BEiT, DeiT, I-JEPA, ViT-MSN, ViViT),
//            Dinov2Model, swin, granitemoe, GPTNeoXForCausalLM
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slipway::transform {

// "vit.encoder.layer.0.attention.attention.query.weight" for "vit.layers.0.attention.q_proj.weight"; of each
// family that knows a part of the name.
std::vector<std::string> names_in_files(std::string_view name);

}  // namespace slipway::transform
