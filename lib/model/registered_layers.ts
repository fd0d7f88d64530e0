/** The layers that tfjs does not have; importing this lets `tf.loadLayersModel` read models with them. */
export { MirrorPadding2D } from "papilio/model/mirror_padding.ts";
export { MaxUnpooling2D } from "papilio/model/unpooling.ts";
export { BilinearUpSampling2D, PixelShuffle } from "papilio/model/upsampling_layers.ts";
