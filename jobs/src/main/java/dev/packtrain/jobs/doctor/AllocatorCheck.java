package dev.packtrain.jobs.doctor;

import dev.packtrain.jobs.launch.AllocatorLibrary;

/** Where the memory of training processes on this machine comes from. */
final class AllocatorCheck implements Check {
    @Override
    public String what() {
        return "allocator";
    }

    @Override
    public Finding run() {
        return judge(AllocatorLibrary.find(AllocatorLibrary.AUTO));
    }

    static Finding judge(AllocatorLibrary allocator) {
        return allocator.path().isPresent()
                ? Finding.ok(allocator.describe())
                : Finding.warn(
                        allocator.describe() + ", whose holes make training take up to a third more memory",
                        "install tcmalloc (Debian: apt-get install libtcmalloc-minimal4; Fedora: dnf install gperftools-libs) on every host that trains");
    }
}
