/**
 * The way of a call before a service sees it and after it was refused: the gate until the coordinator serves, requests
 * out of their bytes, errors as statuses with details. It must never know a service. Open {@link
 * dev.entente.server.api.wire.Errors} first.
 */
@NullMarked
package dev.entente.server.api.wire;

import org.jspecify.annotations.NullMarked;
