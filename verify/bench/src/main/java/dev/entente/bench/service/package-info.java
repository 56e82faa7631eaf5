/**
 * The work of a service in its own database with the SDK, and the same as it is often written by hand. It may use the
 * SDK. It must never start a process.
 *
 * <p>Open {@link dev.entente.bench.service.LocalWork} first.
 */
@NullMarked
package dev.entente.bench.service;

import org.jspecify.annotations.NullMarked;
