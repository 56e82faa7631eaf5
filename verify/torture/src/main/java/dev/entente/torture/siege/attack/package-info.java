/**
 * Attacks on a coordinator, each as somebody would make it who knows the protocols and the documents. They share no
 * code with what they attack.
 */
@NullMarked
package dev.entente.torture.siege.attack;

import org.jspecify.annotations.NullMarked;
