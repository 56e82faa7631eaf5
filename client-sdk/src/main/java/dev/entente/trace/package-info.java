/**
 * Connects the SDK with the application's tracing library: open {@link dev.entente.trace.Tracing} first. This package
 * may use {@code dev.entente.wire}, and OpenTelemetry's API in one class. Spans must not contain payloads.
 */
@NullMarked
package dev.entente.trace;

import org.jspecify.annotations.NullMarked;
