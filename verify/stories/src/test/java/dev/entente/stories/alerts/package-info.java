/** Entente's alerts in a real Prometheus. */
@NullMarked
package dev.entente.stories.alerts;

import org.jspecify.annotations.NullMarked;
