/** Where tensors live, and how libtorch is loaded and set up. Everything that touches libtorch starts here. */
package dev.packtrain.training.device;
