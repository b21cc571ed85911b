// Number formats of buffers in memory; arithmetic is in fp32 whatever they are.
#pragma once

namespace packtrain {

// ElementType.nativeId in Java.
enum class ElementType { kFp32 = 0, kBf16 = 1 };

}  // namespace packtrain
