/**
 * Reports on the coordinator itself: metrics, traces, the log's context. May use Micrometer, OpenTelemetry,
 * SLF4J and the core's data types. Must never change behaviour, nor let a label grow without bound. Read {@link
 * dev.entente.server.telemetry.Metrics} first.
 */
@NullMarked
package dev.entente.server.telemetry;

import org.jspecify.annotations.NullMarked;
