/**
 * Real servers for tests and demos, on loopback. Each is a process of its own that can be killed, and started again at
 * the same place with what it has kept.
 */
@NullMarked
package dev.entente.backends;

import org.jspecify.annotations.NullMarked;
