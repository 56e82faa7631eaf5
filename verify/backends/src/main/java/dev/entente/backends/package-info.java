/**
 * Real servers for tests and demos, on loopback. Each server is a separate process that can be killed and then started
 * again on the same port with its stored data.
 */
@NullMarked
package dev.entente.backends;

import org.jspecify.annotations.NullMarked;
