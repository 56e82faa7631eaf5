/**
 * Measures the coordinator against named baselines. It may use the server, the client SDK and an embedded PostgreSQL.
 * It must never report a figure without the settings under which it was measured.
 *
 * <p>Read {@link dev.entente.bench.Bench} first.
 */
@NullMarked
package dev.entente.bench;

import org.jspecify.annotations.NullMarked;
