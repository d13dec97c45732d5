// What top.json was synthesised from, with Yosys: `synth_ice40 -top top -json top.json`.
module top(input clk, input rst, output reg [7:0] led);
  reg [15:0] div;
  always @(posedge clk) begin
    if (rst) begin div <= 0; led <= 0; end
    else begin div <= div + 1; if (&div) led <= led + 1; end
  end
endmodule
