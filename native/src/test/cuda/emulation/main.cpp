// Runs every problem on the emulated GPU; exit status 0 if all is good.
#include <cstdio>

#include "checks.h"
#include "machine.h"

int main() {
    int num_bad = 0;
    for (const packtrain::Problem& problem : packtrain::problems()) {
        num_bad += packtrain::check(problem) ? 0 : 1;
    }
    const packtrain::emulation::Traffic traffic = packtrain::emulation::traffic();
    std::printf("%lld of %lld shared memory reads with bank conflicts\n", static_cast<long long>(traffic.conflicts),
                static_cast<long long>(traffic.accesses));
    for (packtrain::Kernel kernel : {packtrain::Kernel::kForward, packtrain::Kernel::kRowSums,
                                     packtrain::Kernel::kBackwardQuery, packtrain::Kernel::kBackwardKey}) {
        for (int head_dim = 32; head_dim <= 256; head_dim += 16) {
            std::printf("shared %d %d %d, parts %d\n", static_cast<int>(kernel), head_dim,
                        packtrain::shared_bytes(kernel, head_dim), packtrain::parts(head_dim));
        }
    }
    return num_bad == 0 && traffic.conflicts == 0 ? 0 : 1;
}
