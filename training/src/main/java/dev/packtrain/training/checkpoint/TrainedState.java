package dev.packtrain.training.checkpoint;

import java.util.List;

/** What a rank holds of the state that a checkpoint keeps. */
public interface TrainedState {
    /** All of it, without frozen tensors; copies that other ranks write included. Views of live memory. */
    List<StatePiece> pieces();

    /** To be called on every rank after the pieces have been filled: puts together what is held whole as well. */
    void restored();
}
