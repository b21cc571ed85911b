package dev.packtrain.training.collectives;

class SharedMemoryProcessGroupTest extends ProcessGroupContract {
    @Override
    GroupFactory link(GroupFactory factory) {
        return factory;
    }
}
