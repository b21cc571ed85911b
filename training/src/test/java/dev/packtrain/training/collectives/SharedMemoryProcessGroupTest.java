package dev.packtrain.training.collectives;

class SharedMemoryProcessGroupTest extends GroupFailureContract {
    @Override
    GroupFactory link(GroupFactory factory) {
        return factory;
    }
}
