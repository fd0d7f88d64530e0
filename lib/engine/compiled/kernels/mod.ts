/** Every kernel translation; importing this registers them with the tracing backend. */
import "papilio/engine/compiled/kernels/elementwise.ts";
import "papilio/engine/compiled/kernels/shapes.ts";
import "papilio/engine/compiled/kernels/reductions.ts";
import "papilio/engine/compiled/kernels/convolution.ts";
import "papilio/engine/compiled/kernels/depthwise.ts";
import "papilio/engine/compiled/kernels/normalization.ts";
import "papilio/engine/compiled/kernels/pooling.ts";
import "papilio/engine/compiled/kernels/resizing.ts";
import "papilio/engine/compiled/kernels/sorting.ts";
import { refuseOtherKernels } from "papilio/engine/compiled/_backend.ts";

refuseOtherKernels();
