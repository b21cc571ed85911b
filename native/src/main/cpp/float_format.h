// Number formats of buffers in memory; arithmetic is in fp32 whatever they are.
#pragma once

namespace packtrain {

// FloatFormat.nativeId in Java.
enum class FloatFormat { kFp32 = 0, kBf16 = 1 };

}  // namespace packtrain
