/**
 * Attacks on a coordinator by an attacker who knows the protocols and the documents. They share no code with the
 * coordinator.
 */
@NullMarked
package dev.entente.torture.siege.attack;

import org.jspecify.annotations.NullMarked;
