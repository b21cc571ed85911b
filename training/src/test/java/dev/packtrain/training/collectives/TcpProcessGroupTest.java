package dev.packtrain.training.collectives;

class TcpProcessGroupTest extends ProcessGroupContract {
    @Override
    GroupFactory link(GroupFactory factory) {
        return factory.overTcp();
    }
}
