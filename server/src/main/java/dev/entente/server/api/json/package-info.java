/**
 * JSON bodies between clients and participants: translated into the bytes of a stored plan, and back for responses. May
 * use participants' descriptors and the core's data types. Must never know the services' own RPCs. Read {@link
 * dev.entente.server.api.json.JsonPayloads} first.
 */
@NullMarked
package dev.entente.server.api.json;

import org.jspecify.annotations.NullMarked;
