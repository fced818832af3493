/* Opening a blob: everything that Blob.md, "What a reader must reject", says, in its order. */
#ifndef KGL_BLOB_H
#define KGL_BLOB_H

#include "kgl_plan.h"

#define KGL_HEADER_BYTES 20u
#define KGL_ENTRY_BYTES 12u /* of the section table: kind, index, 2 reserved; bytes; checksum */

/* The header, the section table and all checksums; fills in where the sections are. */
kgl_status kgl_check_sections(kgl_model *model, const uint8_t *blob, uint32_t blob_bytes);

/* A sum of the section table and of what the plan says of inputs and outputs: another if a bit of them is. */
uint32_t kgl_interface_sum(const kgl_model *model);

/* Where a blob is wrong, kept in a model that is not open. */
void kgl_set_fault(kgl_model *model, uint32_t step, uint32_t offset);

/* The plan, its tensors in the arena, the lanes in the banks; fills in the rest of the model. */
kgl_status kgl_check_plan(kgl_model *model);

#endif
