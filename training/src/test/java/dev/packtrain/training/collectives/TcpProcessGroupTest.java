package dev.packtrain.training.collectives;

class TcpProcessGroupTest extends GroupFailureContract {
    @Override
    GroupFactory link(GroupFactory factory) {
        return factory.overTcp();
    }
}
