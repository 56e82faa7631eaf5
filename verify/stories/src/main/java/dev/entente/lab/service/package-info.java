/** Scenarios of what a service does in its own database. SQL judges them, and no code of the SDK's. */
@NullMarked
package dev.entente.lab.service;

import org.jspecify.annotations.NullMarked;
